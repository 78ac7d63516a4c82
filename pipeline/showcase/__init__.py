"""The bundled sample: made-up articles of January 2022 from fictional outlets, and a small web that serves them."""

from pipeline.showcase.data import SampleArticle, SampleOutlet, articles, outlets
from pipeline.showcase.web import SampleWeb, serve, write_profile

__all__ = ["SampleArticle", "SampleOutlet", "SampleWeb", "articles", "outlets", "serve", "write_profile"]
