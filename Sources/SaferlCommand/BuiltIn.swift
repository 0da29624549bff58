extension Registry {
    /// What saferl brings itself.
    public static let builtIn = Registry(
        environments: [StandInEnvironment.self],  // wire: [PointRobot.self]
        algorithms: [StandInAlgorithm.self])  // wire: [FISOR.self]
}
