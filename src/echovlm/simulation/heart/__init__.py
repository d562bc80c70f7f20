"""The beating 3-D heart of one patient: geometry, surfaces and motion."""
