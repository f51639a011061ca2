"""Jupyter Server for one person on their own machine, as ``make lab`` starts it."""

import os
from pathlib import Path

import zmq

c = get_config()  # noqa: F821 - the loader's own: the importable one fills an object nobody reads

PROJECT = Path(__file__).resolve().parent.parent

# This machine only, and with a token: notebooks run code as their owner.
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_remote_access = False
c.ServerApp.root_dir = str(PROJECT)
c.ServerApp.terminals_enabled = True
# Containers know only this user, and the server is out of reach from outside anyway.
c.ServerApp.allow_root = hasattr(os, "geteuid") and os.geteuid() == 0

# Other users of this machine cannot read what passes between the server and its kernels.
c.KernelManager.transport_encryption = "auto" if zmq.has("curve") else "disabled"

c.MultiKernelManager.default_kernel_name = "bifrost"
c.MappingKernelManager.default_kernel_name = "bifrost"

# What Bifrost needs is installed already; nothing is looked up outside.
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
