from .contrast import render as render
from .contrast import slices as slices
from .head import Head as Head
from .head import random_head as random_head
from .messy_folder import write_messy_folder as write_messy_folder
from .tissues import Tissue as Tissue
