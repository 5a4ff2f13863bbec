"""Ways to tell somebody of an alarm. Each keeps the promise of `ports.AlarmChannel`."""
