import Storage

/// What TensorBoard's table of hyperparameters is made from: the columns, the start of a run and its end.
public enum HyperparameterRecord: Sendable {
    /// The columns; `created` in seconds since 1970.
    case experiment(columns: [HyperparameterColumn], metrics: [HyperparameterMetric], created: Double)
    /// A run with its values, by the name that groups runs of equal values; `started` in seconds since 1970.
    case start(values: [(name: String, value: HyperparameterValue)], group: String, started: Double)
    /// How it ended; `ended` in seconds since 1970.
    case end(SessionStatus, ended: Double)

    /// The tag that TensorBoard looks for.
    public var tag: String {
        switch self {
        case .experiment: "_hparams_/experiment"
        case .start: "_hparams_/session_start_info"
        case .end: "_hparams_/session_end_info"
        }
    }

    /// The plugin's own message.
    var content: [UInt8] {
        ProtobufMessage { message in
            switch self {
            case .experiment(let columns, let metrics, let created):
                message.message(2) { experiment in
                    experiment.double(3, created)
                    for column in columns { experiment.message(4, column.write) }
                    for metric in metrics { experiment.message(5, metric.write) }
                }
            case .start(let values, let group, let started):
                message.message(3) { session in
                    for (name, value) in values {
                        session.message(1) { entry in
                            entry.text(1, name)
                            entry.message(2, value.write)
                        }
                    }
                    session.text(4, group)
                    session.double(5, started)
                }
            case .end(let status, let ended):
                message.message(4) { session in
                    session.integer(1, status.rawValue)
                    session.double(2, ended)
                }
            }
        }.bytes
    }
}

/// How a run ended.
public enum SessionStatus: Int, Sendable {
    /// With a result, whichever.
    case success = 1
    /// With an error.
    case failure = 2
}

/// The value of a hyperparameter.
public enum HyperparameterValue: Sendable, Equatable {
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A truth value.
    case flag(Bool)

    /// `DataType` of the plugin.
    var type: Int {
        switch self {
        case .text: 1
        case .flag: 2
        case .number: 3
        }
    }

    /// Writes a `google.protobuf.Value`.
    func write(to message: inout ProtobufMessage) {
        switch self {
        case .number(let number): message.member(2, double: number)
        case .text(let text): message.delimited(3, Array(text.utf8))
        case .flag(let flag): message.member(4, integer: flag ? 1 : 0)
        }
    }
}

/// A column of the table: a hyperparameter with what it can be.
public struct HyperparameterColumn: Sendable {
    /// What values a hyperparameter can take.
    public enum Domain: Sendable {
        /// Any of a type, which a value of it shows.
        case any(like: HyperparameterValue)
        /// Numbers between two.
        case interval(ClosedRange<Double>)
        /// One of these, at least one, all of one type.
        case choices([HyperparameterValue])
    }

    /// The hyperparameter.
    public let name: String
    /// What it can be.
    public let domain: Domain

    /// Declares a column.
    public init(_ name: String, _ domain: Domain) { (self.name, self.domain) = (name, domain) }

    func write(to message: inout ProtobufMessage) {
        message.text(1, name)
        switch domain {
        case .any(let value): message.integer(4, value.type)
        case .interval(let range):
            message.integer(4, HyperparameterValue.number(0).type)
            message.message(6) { interval in
                interval.double(1, range.lowerBound)
                interval.double(2, range.upperBound)
            }
        case .choices(let choices):
            message.integer(4, choices.first?.type ?? 0)
            message.message(5) { list in for choice in choices { list.message(1, choice.write) } }
        }
    }
}

/// A column of results: scalars of a tag.
public struct HyperparameterMetric: Sendable {
    /// The tag of the scalars, and what heads the column.
    public let tag, title: String

    /// Declares a column.
    public init(_ tag: String, _ title: String) { (self.tag, self.title) = (tag, title) }

    func write(to message: inout ProtobufMessage) {
        message.message(1) { $0.text(2, tag) }
        message.text(3, title)
    }
}
