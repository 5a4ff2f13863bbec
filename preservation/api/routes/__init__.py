"""One module for each kind of resource; `all_routers` is what the application consists of."""
