"""Where a transducer stands and what it can see: planes, acquisitions, and the truth of each."""
