import SaferlCommand

Saferl.main(environments: [Corridor.self], algorithms: [Imitation.self])
