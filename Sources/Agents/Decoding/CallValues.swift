import LanguageModels
import Rules
import Storage
import Synchronization

/// Values that arguments may have in a step, as the world lists them; with them a domain is finite.
public struct CallValues: Sendable, Equatable {
    private var lists: [String: [String: [JSONValue]]] = [:]

    /// Lists nothing.
    public init() {}

    /// The values of a tool's parameter; nothing where they are not listed.
    public subscript(tool: String, parameter: String) -> [JSONValue]? {
        get { lists[tool]?[parameter] }
        set { lists[tool, default: [:]][parameter] = newValue }
    }
}

/// The calls of a tool with a finite domain, and what rules hear of them.
struct ListedCalls: Sendable {
    /// As they are written, with the place of what rules hear in `events`.
    var calls: [(bytes: [UInt8], event: Int)] = []
    /// Each once; nothing for a call that no rule speaks of.
    var events: [TraceEvent?] = []
}

/// The calls that were listed last, for a world that lists the same values in every step.
final class CallListing: Sendable {
    private let last = Mutex<(values: CallValues, calls: [ListedCalls?])?>(nil)

    /// The calls of each tool by listed values.
    func calls(for values: CallValues, make: (CallValues) -> [ListedCalls?]) -> [ListedCalls?] {
        if let known = last.withLock({ $0 }), known.values == values { return known.calls }
        let made = make(values)
        last.withLock { $0 = (values, made) }
        return made
    }
}

extension CallGuard {
    /// Which calls may be written in a step: of tools with finite domains those that are allowed, of other tools all.
    ///
    /// A domain is finite where each argument is a choice, a flag, or has listed values, and no more calls than
    /// `limits.mostCalls` come of them; an argument that may be left out counts once more. Listed values that the grammar does
    /// not know are left out.
    ///
    /// - Parameters:
    ///   - monitor: behind the steps that were taken.
    ///   - step: what is known of the step without the call.
    ///   - values: listed values.
    /// - Returns: what a reply may say in the step.
    public func allowedCalls(
        _ monitor: RuleMonitor, in step: TraceStep, values: CallValues = CallValues()
    ) -> CallRestriction {
        var (monitor, restriction) = (monitor, CallRestriction())
        restriction.allowNone()
        for (tool, calls) in zip(grammar.schema.tools, listing.calls(for: values, make: list)) {
            guard let calls else {
                restriction.allowAll(of: tool.name)
                continue
            }
            var proposed = step
            if ending.contains(tool.name) { proposed.isEnd = true }
            // Calls that differ in what no rule reads are judged once.
            let isAllowed = calls.events.map { event in
                proposed.events = step.events + (event.map { [$0] } ?? [])
                return monitor.allows(proposed)
            }
            for call in calls.calls where isAllowed[call.event] { restriction.allow(spelled: call.bytes) }
        }
        return restriction
    }

    /// The calls of each tool that may be listed; nothing for one with more, or without listed values.
    private func list(_ values: CallValues) -> [ListedCalls?] {
        grammar.schema.tools.map { tool in
            guard let domains = domains(of: tool, values) else { return nil }
            var (found, known) = (ListedCalls(), [TraceEvent?: Int]())
            forEachCall(of: tool, domains) { call in
                let bytes = Array(call.text.utf8)
                guard grammar.next(grammar.start(.call), bytes).map(grammar.isCall) == true else { return }
                let event: TraceEvent?
                // A call that rules cannot hear is never allowed.
                do throws(ToolCallError) { event = try self.event(of: call) } catch { return }
                let place = known[event] ?? found.events.count
                if place == found.events.count {
                    found.events.append(event)
                    known[event] = place
                }
                found.calls.append((bytes, place))
            }
            return found
        }
    }

    /// The values of each parameter, nothing among them where it may be left out; nothing at all where they are too many.
    private func domains(of tool: Tool, _ values: CallValues) -> [[JSONValue?]]? {
        var (domains, calls): ([[JSONValue?]], Int) = ([], 1)
        for parameter in tool.parameters {
            guard let own = values[tool.name, parameter.name] ?? parameter.type.values else { return nil }
            let domain = (parameter.isRequired ? [] : [nil]) + own.map { Optional($0) }
            let (product, isLarge) = calls.multipliedReportingOverflow(by: domain.count)
            guard !isLarge, product <= limits.mostCalls else { return nil }
            domains.append(domain)
            calls = product
        }
        return domains
    }

    private func forEachCall(of tool: Tool, _ domains: [[JSONValue?]], _ body: (ToolCall) -> Void) {
        if domains.contains(where: \.isEmpty) { return }
        var places = [Int](repeating: 0, count: domains.count)
        while true {
            var arguments: [(String, JSONValue)] = []
            for (number, parameter) in tool.parameters.enumerated() {
                if let value = domains[number][places[number]] { arguments.append((parameter.name, value)) }
            }
            body(ToolCall(tool.name, arguments))
            guard let last = places.indices.last(where: { places[$0] + 1 < domains[$0].count }) else {
                return
            }
            places[last] += 1
            for number in places.indices where number > last { places[number] = 0 }
        }
    }
}

extension ToolType {
    /// The values of a finite type.
    fileprivate var values: [JSONValue]? {
        switch self {
        case .choice(let texts): texts.map { .text($0) }
        case .flag: [.boolean(true), .boolean(false)]
        default: nil
        }
    }
}
