"""The domain, a folder a role; in each, the rules (pure functions, state machines) next to the actor that runs them."""
