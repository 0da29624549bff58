import SafeRL
