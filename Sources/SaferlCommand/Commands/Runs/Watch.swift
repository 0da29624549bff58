import ArgumentParser

/// `saferl watch`.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Watch a run that another process trains.",
        discussion: """
            Updates, rate, time left, the metrics of the stage with small curves, the newest evaluation against its limits, \
            alarms (a metric that is not finite, a cost above its limit, two minutes of silence, a disk that is nearly full) and \
            the size of the run. A terminal is drawn anew twice a second; elsewhere the same lines are printed when something was \
            logged. The command ends when the run does; stopping it does not stop the run.
            """)

    @Argument(help: ArgumentHelp("A run directory.", valueName: "run"), completion: .directory) var directory:
        String
    @Flag(help: "Say where it stands now, and end.") var once = false

    func run() throws {
        try WatchWork(directory: directory, isOnce: once, registry: Session.registry).run()
    }
}
