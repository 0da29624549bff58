import SafeRL

/// What `saferl collect` does.
struct CollectWork {
    let environment: Registry.EnvironmentType
    let file: String
    let transitions: Int
    let seed: UInt64

    func run() throws {
        // Wire: the collector of PointRobot; other environments have none and say so.
        throw NotWired("collect")
    }
}

/// What `saferl env check` does.
struct EnvCheckWork {
    let environment: Registry.EnvironmentType
    let isJSON: Bool

    func run() throws {
        // Wire: EnvironmentCheck.
        throw NotWired("env check")
    }
}
