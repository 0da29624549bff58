import Storage

/// The trials of a sweep in a file of SQLite, which one process writes.
public final class Study {
    /// Of the tables.
    private static let format = 1

    /// What is kept of a trial besides what samplers look at.
    public struct Record: Sendable, Equatable {
        /// The trial.
        public var trial: Trial
        /// Where its updates are decided on, from 0.
        public var bracket = 0
        /// How often it was started.
        public var attempts = 0
        /// Its folder, beside the study.
        public var run: String
        /// When it was started and ended, in UTC.
        public var started: String, ended: String?
        /// Why it failed, or what it says instead of a value; one line.
        public var fault: String?
        /// How many trials were finished when its parameters were chosen.
        public var seen: Int

        /// Makes a record of a trial that begins.
        public init(_ trial: Trial, bracket: Int, run: String, started: String, seen: Int) {
            (self.trial, self.bracket, self.run) = (trial, bracket, run)
            (self.started, self.seen) = (started, seen)
        }
    }

    /// How a trial stood at a rung.
    public struct Report: Sendable, Equatable {
        /// The trial, and its updates.
        public let number: Int, step: Int
        /// The objective, where there was one.
        public let value: Double?
        /// By how much conditions were missed.
        public let violation: Double
        /// Whether it went on.
        public let goesOn: Bool

        /// Makes a report.
        public init(number: Int, step: Int, value: Double?, violation: Double, goesOn: Bool) {
            (self.number, self.step, self.value) = (number, step, value)
            (self.violation, self.goesOn) = (violation, goesOn)
        }
    }

    private let file: SQLiteFile
    private let path: String

    /// Opens or makes the study of a sweep, for writing.
    ///
    /// - Throws: `StudyError`, also where the file holds the study of another sweep.
    public init(of plan: SweepPlan, named name: String, at path: String, created: String) throws(StudyError) {
        file = try SQLiteFile(path, writes: true)
        self.path = path
        try file.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        try file.transaction { () throws(StudyError) in try file.run(Self.schema) }
        guard let row = try studyRow() else {
            try file.rows(
                "INSERT INTO study (id, format, name, space, objective, seed, created, definition) VALUES (1, ?, ?, ?, ?, ?, ?, ?)",
                [
                    .integer(Self.format), .text(name), .text(Self.order(of: plan)),
                    .text("\(plan.direction.rawValue) \(plan.objective.text)"), .text("\(plan.seed)"),
                    .text(created), .text(plan.definition),
                ])
            return
        }
        try Self.check(row, path)
        guard row[2].text == plan.definition, row[3].text == Self.order(of: plan) else {
            throw .other(
                path: path,
                reason: "holds the trials of another sweep. Give this one a folder of its own with --out.")
        }
    }

    /// Opens a study for reading.
    ///
    /// - Throws: `StudyError`, also where there is none.
    public init(reading path: String) throws(StudyError) {
        file = try SQLiteFile(path, writes: false)
        self.path = path
        let tables = try file.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'study'")
        guard !tables.isEmpty, let row = try studyRow() else {
            throw .other(path: path, reason: "holds no study. Name the folder of a sweep.")
        }
        try Self.check(row, path)
    }

    private func studyRow() throws(StudyError) -> [SQLValue]? {
        try file.rows("SELECT format, name, definition, space FROM study WHERE id = 1").first
    }

    /// The names of the space in the order of trials' parameters, as JSON.
    private static func order(of plan: SweepPlan) -> String {
        JSONValue.list(plan.space.map { .text($0.name) }).compact
    }

    private static func check(_ row: [SQLValue], _ path: String) throws(StudyError) {
        guard row[0].integer == format else {
            throw .other(
                path: path,
                reason: "a study of another version. Use the saferl that made it, or begin in another folder."
            )
        }
    }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS study (id INTEGER PRIMARY KEY, format INTEGER NOT NULL, name TEXT NOT NULL, space TEXT NOT NULL,
            objective TEXT NOT NULL, seed TEXT NOT NULL, created TEXT NOT NULL, definition TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS trial (number INTEGER PRIMARY KEY, state TEXT NOT NULL, parameters TEXT NOT NULL,
            bracket INTEGER NOT NULL, value REAL, violation REAL NOT NULL, steps INTEGER NOT NULL, attempts INTEGER NOT NULL,
            run TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, fault TEXT, seen INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS report (number INTEGER NOT NULL, step INTEGER NOT NULL, value REAL, violation REAL NOT NULL,
            goes_on INTEGER NOT NULL, PRIMARY KEY (number, step));
        CREATE TABLE IF NOT EXISTS job (number INTEGER NOT NULL, scheduler TEXT NOT NULL, id TEXT NOT NULL, submitted TEXT NOT NULL,
            state TEXT NOT NULL, PRIMARY KEY (scheduler, id));
        """

    // MARK: Reading

    /// The name, and the sweep file as one line, with the space in the order of trials' parameters.
    ///
    /// - Throws: `StudyError`.
    public func description() throws(StudyError) -> (name: String, definition: String) {
        let row = try studyRow() ?? []
        guard row.count == 4, let name = row[1].text,
            let definition = row[2].text.flatMap({ try? JSONValue(parsing: Array($0.utf8)) }),
            let order = row[3].text.flatMap({ try? JSONValue(parsing: Array($0.utf8)) })?.elements,
            let members = definition.members
        else { throw .damaged(path: path, reason: "the study has no definition") }
        let ordered = members.map { member in
            let space = order.compactMap { name in
                name.string.flatMap { key in member.value[key].map { (key, $0) } }
            }
            return (member.key, member.key == "space" ? JSONValue.object(space) : member.value)
        }
        return (name, JSONValue.object(ordered).compact)
    }

    /// All trials, by rising number.
    ///
    /// - Throws: `StudyError`.
    public func records() throws(StudyError) -> [Record] {
        let rows = try file.rows(
            "SELECT number, state, parameters, bracket, value, violation, steps, attempts, run, started, ended, fault, seen FROM trial ORDER BY number"
        )
        var records: [Record] = []
        for row in rows {
            guard let number = row[0].integer, let state = row[1].text.flatMap(Trial.State.init),
                let text = row[2].text, let list = (try? JSONValue(parsing: Array(text.utf8)))?.elements,
                let bracket = row[3].integer, let violation = row[5].double, let steps = row[6].integer,
                let attempts = row[7].integer, let run = row[8].text, let started = row[9].text,
                let seen = row[12].integer
            else { throw .damaged(path: path, reason: "a trial cannot be read") }
            var record = Record(
                Trial(
                    number: number, parameters: list.compactMap { $0.number?.double }, state: state,
                    value: row[4].double, violation: violation, steps: steps),
                bracket: bracket, run: run, started: started, seen: seen)
            (record.attempts, record.ended, record.fault) = (attempts, row[10].text, row[11].text)
            records.append(record)
        }
        return records
    }

    /// All reports, in the order in which they came.
    ///
    /// - Throws: `StudyError`.
    public func reports() throws(StudyError) -> [Report] {
        try file.rows("SELECT number, step, value, violation, goes_on FROM report ORDER BY rowid").map {
            row in
            Report(
                number: row[0].integer ?? 0, step: row[1].integer ?? 0, value: row[2].double,
                violation: row[3].double ?? 0, goesOn: row[4].integer == 1)
        }
    }

    // MARK: Writing

    /// Puts all into the one file, so that it can be copied alone.
    ///
    /// - Throws: `StudyError`.
    public func settle() throws(StudyError) { try file.rows("PRAGMA wal_checkpoint(TRUNCATE)") }

    /// Writes a trial, new or changed, and maybe how it stood at a rung, both or neither.
    ///
    /// - Throws: `StudyError`.
    public func write(_ record: Record, _ report: Report? = nil) throws(StudyError) {
        let trial = record.trial
        let parameters = JSONValue.list(trial.parameters.map { .number($0) }).compact
        try file.transaction { () throws(StudyError) in
            if let report {
                try file.rows(
                    "INSERT OR IGNORE INTO report (number, step, value, violation, goes_on) VALUES (?, ?, ?, ?, ?)",
                    [
                        .integer(report.number), .integer(report.step), SQLValue(report.value),
                        .double(report.violation), .integer(report.goesOn ? 1 : 0),
                    ])
            }
            try file.rows(
                "INSERT OR REPLACE INTO trial (number, state, parameters, bracket, value, violation, steps, attempts, run, started, ended, fault, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    .integer(trial.number), .text(trial.state.rawValue), .text(parameters),
                    .integer(record.bracket), SQLValue(trial.value), .double(trial.violation),
                    .integer(trial.steps), .integer(record.attempts), .text(record.run),
                    .text(record.started), SQLValue(record.ended), SQLValue(record.fault),
                    .integer(record.seen),
                ])
        }
    }
}
