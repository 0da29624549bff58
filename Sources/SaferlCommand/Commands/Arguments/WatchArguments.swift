import ArgumentParser
import Monitors

/// A step monitor and a router in front of a policy.
struct WatchRequest {
    /// The monitor's file; nothing for none.
    var monitor: String?
    /// Which classes it flags.
    var mode = MonitorMode.strict
    /// Steps in a row that must be flagged before there is an alarm.
    var confirm = 1
    /// The router's file; nothing for none.
    var router: String?
    /// Rules of the class tighten; nothing for no more than those of all steps.
    var tight: String?

    /// Whether there is either.
    var isEmpty: Bool { monitor == nil && router == nil }
}

/// What watches a policy beside rules.
struct WatchArguments: ParsableArguments {
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "A step monitor of \"saferl guard train-monitor\": one more watched rule, \"monitor\".",
            valueName: "file"), completion: .file())
    var monitor: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "What the monitor flags: strict, unsafe and controversial steps, the default; loose, unsafe ones.",
            valueName: "mode"))
    var mode: MonitorModeChoice?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Steps in a row that must be flagged before there is an alarm; 1 without it.", valueName: "c"))
    var confirm: Int?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            """
            A router of "saferl guard calibrate": act, tighten, ask or refuse, step by step. With --monitor where it scores by one.
            """, valueName: "file"), completion: .file())
    var router: String?
    @ArgumentParser.Option(
        help: ArgumentHelp(
            "Rules that a step of the class tighten may not break besides (docs/monitors.md).",
            valueName: "rules"), completion: .file())
    var tight: String?

    /// What was asked for.
    var request: WatchRequest {
        WatchRequest(
            monitor: monitor, mode: mode == .loose ? .loose : .strict, confirm: confirm ?? 1, router: router,
            tight: tight)
    }

    func validate() throws {
        try CountRange.check("confirm", confirm, in: 1...1_000_000)
        if monitor == nil, mode != nil || confirm != nil {
            throw ValidationError(
                "--\(mode != nil ? "mode" : "confirm") is about a step monitor, and there is none. Name one by --monitor FILE."
            )
        }
        if router == nil && tight != nil {
            throw ValidationError(
                "--tight is about the class tighten of a router, and there is none. Name one by --router FILE."
            )
        }
    }
}

/// Which classes a monitor flags, as it is written on the command line.
enum MonitorModeChoice: String, ExpressibleByArgument, CaseIterable {
    case strict, loose
}
