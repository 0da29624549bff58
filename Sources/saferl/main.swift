import SaferlCommand

Saferl.main()
