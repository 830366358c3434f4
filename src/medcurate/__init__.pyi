from .catalogue import Catalogue as Catalogue
from .curate.deduplication import dedupe as dedupe
from .curate.homogenization import homogenize as homogenize
from .curate.plane_sorting import sort_planes as sort_planes
from .curate.scanning import scan as scan
from .dataset import Dataset as Dataset
from .generate.drawing.generator import Generator as Generator
from .generate.training.training import train as train
from .results import Report as Report

__version__: str
