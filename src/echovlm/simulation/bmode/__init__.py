"""From the heart's surfaces along each beam to grey frames and masks."""
