"""What families without training share: the images they draw from, and the parts of a mosaic."""
