from .comparison import compare as compare
from .rows import CompareResult as CompareResult
from .rows import Row as Row
from .settings import CompareSettings as CompareSettings
