"""What tests share: servers to test against, the runner of the suite, the checks of the code."""
