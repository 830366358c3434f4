from .drawing.generator import Generator as Generator
from .drawing.reference_generator import ReferenceGenerator as ReferenceGenerator
from .synthetic.generation import (
    GenerateResult as GenerateResult,
)
from .synthetic.generation import (
    generate as generate,
)
from .synthetic.settings import GenerateSettings as GenerateSettings
from .training.plan import Plan as Plan
from .training.plan import plan_training as plan_training
from .training.reference_run import open_generator as open_generator
from .training.session import TrainResult as TrainResult
from .training.settings import TrainSettings as TrainSettings
from .training.training import train as train
