"""Features from networks trained on ImageNet, frozen or fine-tuned.

`backbones` says what each network is, `weights` where its weights come from, `images` how it wants
its images, `network` builds and probes it; `features` and `fine_tune` are what suites name.
"""
