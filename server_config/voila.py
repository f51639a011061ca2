"""Voila for a few people, each with a kernel of their own, as ``make dashboards`` starts it."""

import zmq

c = get_config()  # noqa: F821 - the loader's own: the importable one fills an object nobody reads

# This machine only, and with a token: a visitor's kernel runs as whoever started the server.
c.Voila.ip = "127.0.0.1"
c.Voila.auto_token = True

# The page asks nothing of the outside; see voila/templates/bifrost.
c.VoilaConfiguration.template = "bifrost"
c.VoilaConfiguration.allow_template_override = "NO"
c.VoilaConfiguration.theme = "light"
c.VoilaConfiguration.allow_theme_override = "YES"
c.VoilaConfiguration.classic_tree = True
# It is made for another frontend and complains in this one.
c.VoilaConfiguration.extension_denylist = ["@jupyter-notebook/lab-extension"]

# Notebooks are rendered, no other file is handed out. Neither stripped sources nor tag-hidden cells
# keep a secret: the cells still run, so a dashboard must not hold one.
c.VoilaConfiguration.file_allowlist = []
c.VoilaConfiguration.strip_sources = True
c.VoilaConfiguration.show_tracebacks = False

# A visitor who leaves takes the kernel along; one who sleeps loses it after a quarter of an hour.
c.MappingKernelManager.cull_idle_timeout = 900
c.MappingKernelManager.cull_interval = 60
c.MappingKernelManager.cull_connected = False
c.KernelManager.transport_encryption = "auto" if zmq.has("curve") else "disabled"
