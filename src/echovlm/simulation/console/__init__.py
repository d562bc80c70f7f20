"""What an ultrasound machine draws around the image."""
