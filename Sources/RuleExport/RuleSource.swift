import Rules
import Storage

/// Rules as one file of C11: a monitor that judges steps as `RuleMonitor` does, for programs without saferl.
///
/// It reads signals alone: no events, calls or states. Rules about next signals are judged by the numbers that are given for them,
/// which are those of the world behind a step; what models promise before it is not part of it.
public struct RuleSource {
    private let rules: RuleFile

    /// Takes rules.
    ///
    /// - Throws: `UnexportableRules` where one reads what no signal says.
    public init(_ rules: RuleFile) throws(UnexportableRules) {
        self.rules = rules
        for rule in rules.rules {
            let expressions: [RuleExpression]
            switch rule.body {
            case .always(let formula): expressions = [formula]
            case .response(.formula(let trigger), let answer, _): expressions = [trigger, answer]
            case .response(.eachEvent, _, _):
                throw UnexportableRules(rules.name, rule.name, "events or calls")
            }
            if let what = expressions.lazy.compactMap(\.foreign).first {
                throw UnexportableRules(rules.name, rule.name, what)
            }
        }
    }

    /// The file.
    public func text() -> String {
        var source = NodeSource()
        let goals = rules.rules.map { rule in
            switch rule.body {
            case .always(let formula): source.call(formula)
            case .response(.formula(let trigger), let answer, let within):
                source.response(trigger, answer, within: within)
            case .response: preconditionFailure("a response to events")
            }
        }
        let own = source.functions + monitor(goals, source.memories)
        return head + state(source.memories) + CMonitorSource.needed(by: own) + own
    }

    private var head: String {
        let names = rules.signals.map { "\($0.source.rawValue)[\($0.index)] \($0.name)" }.joined(
            separator: ", ")
        return """
            /* A monitor of \(Self.plain(rules.name)), SHA-256 \(rules.digest).
             *
             * rules_begin before the first step of an episode; rules_propose judges a step as the next one, and another proposal
             * replaces it; rules_commit takes the proposed step into the past. Signals: \(Self.plain(names)).
             * rules_propose returns 1 where no enforced rule is false, 0 where one is, and -1 where a rule cannot be judged, because a
             * number that it reads is not finite or has no value: a refusal, too, and such a step cannot be committed. truth[i] says
             * whether rule i is true in the step; those of rules_is_watched are not enforced. Nothing is allocated.
             *
             * cc -std=c11 -O2 -ffp-contract=off -c monitor.c, and -lm behind it.
             */
            #include <math.h>
            #include <stdint.h>
            #include <string.h>

            #define RULES \(rules.rules.count)
            #define RULES_SIGNALS \(rules.signals.count)

            extern const char *const rules_names[RULES + 1];
            extern const unsigned char rules_is_watched[RULES + 1];
            const char *const rules_names[RULES + 1] = {\(rules.rules.map { "\"\(Self.plain($0.name))\", " }.joined())0};
            const unsigned char rules_is_watched[RULES + 1] = {\(rules.rules.map { $0.isWatched ? "1, " : "0, " }.joined())0};


            """
    }

    /// A text that ends neither a comment nor a literal.
    private static func plain(_ text: String) -> String {
        String(
            oneLine(text).map {
                $0.isASCII && ($0.isLetter || $0.isNumber || " _-.[],/".contains($0)) ? $0 : "?"
            }
        ).replacing("*/", with: "??").replacing("/*", with: "??")
    }

    private func state(_ memories: [NodeSource.Upkeep]) -> String {
        """
        typedef struct {
            const double *signals;
            int64_t time;                      /* steps that were taken */
            int64_t first_broken[RULES + 1];   /* the first step in which a rule was false; -1 for none */
            unsigned char truth[RULES + 1];
            int is_end, is_judged, has_fault;
        \(memories.flatMap(\.fields).map { "    \($0.declaration);\n" }.joined())} rules_state;


        """
    }

    private func monitor(_ goals: [String], _ memories: [NodeSource.Upkeep]) -> String {
        let starts = memories.flatMap(\.fields).compactMap { field in
            field.start.map { "    m->\(field.declaration.split(separator: " ").last ?? "") = \($0);\n" }
        }
        let judged = goals.enumerated().map { number, goal in
            "    m->truth[\(number)] = (unsigned char)(\(goal));\n"
        }
        let readings = rules.signals.enumerated().map { number, signal in
            let source = signal.source.rawValue
            return "    signals[\(number)] = \(source) ? \(source)[\(signal.index)] : NAN;\n"
        }
        return """

            void rules_begin(rules_state *m);
            int rules_propose(rules_state *m, const double signals[], int is_end, unsigned char truth[]);
            void rules_commit(rules_state *m);
            void rules_read(const float observation[], const float action[], const float next[], double signals[]);

            /* Before the first step of an episode. */
            void rules_begin(rules_state *m)
            {
                memset(m, 0, sizeof *m);
                for (int i = 0; i < RULES; ++i) m->first_broken[i] = -1;
            \(starts.joined())}

            /* The signals of a step from what they are columns of; of a null pointer nothing is known. */
            void rules_read(const float observation[], const float action[], const float next[], double signals[])
            {
                (void)observation, (void)action, (void)next, (void)signals;
            \(readings.joined())}

            /* Judges a step; truth may be a null pointer. */
            int rules_propose(rules_state *m, const double signals[], int is_end, unsigned char truth[])
            {
                int is_allowed = 1;
                m->signals = signals;
                m->is_end = is_end;
                m->is_judged = m->has_fault = 0;
            \(judged.joined())\(memories.map(\.gather).filter { !$0.isEmpty }.map { "    \($0)\n" }.joined())\
                m->signals = 0;
                if (m->has_fault) return -1;
                for (int i = 0; i < RULES; ++i) {
                    if (truth) truth[i] = m->truth[i];
                    if (!m->truth[i] && !rules_is_watched[i]) is_allowed = 0;
                }
                m->is_judged = 1;
                return is_allowed;
            }

            /* Takes the proposed step into the past; nothing where it could not be judged. */
            void rules_commit(rules_state *m)
            {
                if (!m->is_judged) return;
                m->is_judged = 0;
                for (int i = 0; i < RULES; ++i)
                    if (!m->truth[i] && m->first_broken[i] < 0) m->first_broken[i] = m->time;
            \(memories.map { "    \($0.apply)\n" }.joined())    ++m->time;
            }

            """
    }
}
