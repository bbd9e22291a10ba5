"""Features from networks pretrained on ImageNet, frozen or fine-tuned.

`backbones` describes the networks, `weights` fetches their weights, `images` preprocesses images,
`network` builds and verifies a network; `features` and `fine_tune` hold the components of suites.
"""
