"""Blood and tissue velocities of one patient: one circulation, and its spectra, colour and M-mode."""
