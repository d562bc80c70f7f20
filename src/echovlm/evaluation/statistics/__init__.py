"""Figures of merit as functions of sample weights, and what patients drawn anew would make of them."""
