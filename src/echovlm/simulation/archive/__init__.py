"""Simulated studies as files: DICOM, tables and folders in the layout of MIMIC-IV-ECHO."""
