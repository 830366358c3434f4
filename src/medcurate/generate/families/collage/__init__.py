"""The parts of a mosaic: which images it is put together from, how they are moved, and the denoiser that joins them."""
