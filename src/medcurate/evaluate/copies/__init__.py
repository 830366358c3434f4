"""The part ``copies``: synthetic images that are copies of real images, or of each other. It runs before all others."""
