from .compared_runs import Comparison as Comparison
from .comparison import compare as compare
from .evaluation import Figure as Figure
from .evaluation import Metric as Metric
from .evaluation import Report as Report
from .evaluation import Verdict as Verdict
from .evaluation import evaluate as evaluate
