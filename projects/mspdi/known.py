"""Elements of the format that are understood but not read, so that only true strangers are called unknown.

Source: the Microsoft Project XML Data Interchange schema (mspdi_pj12.xsd and later).
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PROJECT = _names("""
    SaveVersion BuildNumber UID GUID Subject Category Company Manager Author CreationDate Revision LastSaved
    FYStartDate CurrencyDigits CurrencySymbolPosition DefaultStartTime DefaultFinishTime DefaultTaskType
    DefaultFixedCostAccrual DefaultStandardRate DefaultOvertimeRate DurationFormat WorkFormat
    EditableActualCosts HonorConstraints EarnedValueMethod InsertedProjectsLikeSummary MultipleCriticalPaths
    NewTasksEffortDriven NewTasksEstimated SplitsInProgressTasks SpreadActualCost SpreadPercentComplete
    TaskUpdatesResource FiscalYearStart WeekStartDay MoveCompletedEndsBack MoveRemainingStartsBack
    MoveRemainingStartsForward MoveCompletedEndsForward BaselineForEarnedValue AutoAddNewResourcesAndTasks
    CurrentDate MicrosoftProjectServerURL Autolink NewTaskStartDate NewTasksAreManual DefaultTaskEVMethod
    ProjectExternallyEdited ExtendedCreationDate ActualsInSync RemoveFileProperties AdminProject OutlineCodes
    WBSMasks BaselineCalendar KeepTaskOnNearestWorkingTimeWhenMadeAutoScheduled UpdateManuallyScheduledTasks
    Views Filters Groups Tables Maps Reports Drawings DataLinks VBAProjects
""")
CALENDAR = _names("GUID IsBaselineCalendar WorkWeeks")
EXCEPTION = _names(
    "EnteredByOccurrences Occurrences MonthItem MonthPosition DaysOfWeek Month MonthDay DayWorking"
)
TASK = _names("""
    GUID Type CreateDate Contact OutlineNumber Resume ResumeValid Stop EffortDriven Recurring OverAllocated
    IsSubprojectReadOnly SubprojectName ExternalTaskProject StartVariance FinishVariance WorkVariance
    StartSlack FinishSlack FixedCostAccrual PercentWorkComplete Cost OvertimeCost OvertimeWork ActualDuration
    ActualCost ActualOvertimeCost ActualWork ActualOvertimeWork RegularWork RemainingDuration RemainingCost
    RemainingWork RemainingOvertimeCost RemainingOvertimeWork ACWP CV SV BCWS BCWP LevelAssignments
    LevelingCanSplit LevelingDelay LevelingDelayFormat PreLeveledStart PreLeveledFinish Hyperlink
    HyperlinkAddress HyperlinkSubAddress HideBar Rollup EarnedValueMethod
    ActualWorkProtected ActualOvertimeWorkProtected OutlineCode IsPublished StatusManager CommitmentStart
    CommitmentFinish CommitmentType TimephasedData DisplayAsSummary DisplayOnTimeline StartText FinishText
    DurationText ManualStart ManualFinish ManualDuration BudgetWork BudgetCost
""")
LINK = _names("CrossProjectName")
BASELINE = _names("""
    TimephasedData Interim DurationFormat EstimatedDuration FixedCost FixedCostAccrual BCWS BCWP BudgetWork
    BudgetCost
""")
RESOURCE = _names("""
    GUID Phonetics NTAccount MaterialLabel Code WorkGroup HyperlinkAddress HyperlinkSubAddress Hyperlink
    PeakUnits OverAllocated AvailableFrom AvailableTo Start Finish CanLevel AccrueAt Work RegularWork
    OvertimeWork ActualWork RemainingWork ActualOvertimeWork RemainingOvertimeWork PercentWorkComplete
    StandardRateFormat Cost OvertimeRateFormat OvertimeCost ActualCost ActualOvertimeCost RemainingCost
    RemainingOvertimeCost WorkVariance CostVariance SV CV ACWP BCWS BCWP IsGeneric IsInactive IsEnterprise
    BookingType ActualWorkProtected ActualOvertimeWorkProtected ActiveDirectoryGUID CreationDate OutlineCode
    IsBudget CostCenter AssnOwner AssnOwnerGuid AvailabilityPeriods TimephasedData IsTeamAssignmentPool
""")
RATE = _names("StandardRateFormat OvertimeRateFormat")
ASSIGNMENT = _names("""
    GUID PercentWorkComplete ActualCost ActualFinish ActualOvertimeCost ActualOvertimeWork ActualStart ACWP
    Confirmed Cost CostVariance CV Delay FinishVariance Hyperlink HyperlinkAddress HyperlinkSubAddress
    WorkVariance HasFixedRateUnits FixedMaterial LevelingDelay LevelingDelayFormat LinkedFields Milestone
    Notes Overallocated OvertimeCost OvertimeWork PeakUnits RegularWork RemainingCost RemainingOvertimeCost
    RemainingOvertimeWork RemainingWork ResponsePending Stop Resume StartVariance Summary SV UpdateNeeded VAC
    WorkContour BCWS BCWP BookingType ActualWorkProtected ActualOvertimeWorkProtected CreationDate AssnOwner
    AssnOwnerGuid BudgetCost BudgetWork RateScale TimephasedData
""")
