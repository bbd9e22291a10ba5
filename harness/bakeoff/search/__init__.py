"""Search configurations of methods: suggest, evaluate and select them."""
