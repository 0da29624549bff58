import Monitors
import SafeRL

/// What `saferl guard train-monitor` does.
struct TrainMonitorWork {
    let labels: String
    let test: String?
    let confirm: Int
    let training: MonitorTraining
    let out: NewFile

    func run() throws {
        try out.check()
        let file = try LabelFile(contentsOf: labels)
        let fresh = try test.map { try LabelFile(contentsOf: $0) }
        if let fresh, let test, fresh.head.features != file.head.features {
            throw MonitorError.otherSize(
                test, fitted: fresh.head.features.count, asked: file.head.features.count)
        }
        let line = WorkLine()
        defer { line.end() }
        let monitor = try training.train(on: file) { line.show($0) }
        try SystemFiles().replaceFile(out.path, with: try monitor.encoded())
        line.end()
        try Output.write(try summary(monitor, file, fresh))
    }

    private func summary(_ monitor: StepMonitor, _ file: LabelFile, _ fresh: LabelFile?) throws -> String {
        let facts = monitor.facts
        func rounded(_ value: Double) -> String { "\((1e4 * value).rounded() / 1e4)" }
        var lines = [
            "\(out.path): a monitor of \(facts.environment), \(file.head.episodes) episodes",
            "controversial \(rounded(100 * facts.controversial)) % of the steps, strict weights "
                + facts.strictWeights.map { "\(Int($0))" }.joined(separator: ", "),
            "temperature \(rounded(facts.temperature)), miscalibration \(rounded(facts.miscalibration))",
        ]
        if let fresh {
            let judge = monitor.judge()
            for mode in MonitorMode.allCases {
                let report = try MonitorReport(judge, on: fresh.episodes, mode: mode, confirm: confirm)
                lines.append(report.text)
            }
        }
        return lines.joined(separator: "\n")
    }
}
