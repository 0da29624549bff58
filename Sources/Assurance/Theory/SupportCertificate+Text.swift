import Foundation
import Storage

extension SupportCertificate {
    /// The certificate as lines for a person, with the word *vacuous* behind every quantity that says nothing.
    public var table: String {
        let rows = inputRows + escapeRows + valueRows
        let names = rows.map(\.0.count).max() ?? 0
        let values = rows.filter { !$0.2.isEmpty }.map(\.1.count).max() ?? 0
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(width - text.count, 0) + 2)
        }
        let lines = rows.map { name, value, remark in
            padded(name, names) + (remark.isEmpty ? value : padded(value, values) + remark) + "\n"
        }
        return lines.joined() + Self.notes
    }

    /// The certificate as JSON, keys sorted, ended by a line feed; a quantity beyond all numbers is `"infinite"`.
    ///
    /// - Throws: never for a certificate that was computed.
    public func json() throws -> String {
        try Self.encoder.text(of: self) + "\n"
    }

    /// Writes numbers beyond all numbers as words.
    package static var encoder: JSONEncoder {
        let encoder = JSONEncoder.indented
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "infinite", negativeInfinity: "-infinite", nan: "undefined")
        return encoder
    }

    private typealias Row = (String, String, String)

    private func number(_ value: Double) -> String { String(format: "%.4g", value) }

    private func remark(_ name: String, _ text: String = "") -> String {
        let isVacuous = vacuous.contains(name)
        return [isVacuous ? "vacuous" : "", text].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    private var inputRows: [Row] {
        let t = theorem
        var rows = [
            (
                "Data and guardian",
                "N \(t.samples), α \(number(t.outsideShare)), α_c \(number(t.outsideShareInData)), "
                    + "δ \(number(t.delta)), β \(number(t.beta))", ""
            ),
            (
                "Values and densities",
                "γ \(number(t.discount)), H \(t.horizon), ⋄max \(number(t.largestValue)), "
                    + "h \(number(t.bandwidth)), ζ \(number(t.smoothness)), "
                    + "C_den \(number(t.densityConstant)), n \(t.stateSize), m \(t.actionSize)", ""
            ),
        ]
        if let r = t.regression {
            rows.append(
                (
                    "Regression",
                    "ω \(number(r.norm)), ν_N \(number(r.informationGain)), "
                        + "σ_max \(number(r.largestDeviation))", ""
                ))
        }
        return rows
    }

    private var escapeRows: [Row] {
        func samples(_ needed: Double) -> String {
            Double(theorem.samples) >= needed ? "N is enough" : "N is too small"
        }
        return [
            ("Theorem 1 as printed", number(escapeAsPrinted), remark("theorem_1_as_printed")),
            ("Theorem 1 as proved", number(escapeAsProved), remark("theorem_1_as_proved")),
            (
                "Corollary 1 as printed", "N > \(number(samplesAsPrinted))",
                remark("corollary_1_as_printed", samples(samplesAsPrinted.nextUp))
            ),
            (
                "Corollary 1 as proved", "N ≥ \(number(samplesAsProved.rounded(.up)))",
                remark("corollary_1_as_proved", samples(samplesAsProved))
            ),
            (
                "Corollary 1 confidence", number(supportConfidence),
                supportConfidence > 0 ? "" : "vacuous"
            ),
            (
                "Budget for leaving", number(rigorousBudget),
                "β·γ^H of discounted cost; better: at most β undiscounted"
            ),
        ]
    }

    private var valueRows: [Row] {
        var rows = [
            ("ε_k, kernel density", number(kernelError), remark("epsilon_k")),
            (
                "ε_H, horizon", number(horizonError),
                remark("epsilon_H", vacuous.contains("epsilon_H") ? "needs H ≥ \(horizonNeeded)" : "")
            ),
        ]
        if let printed = regressionErrorAsPrinted, let usual = regressionErrorAsUsual {
            rows.append(("ε_g, η·σ as printed", number(printed), remark("epsilon_g_as_printed")))
            rows.append(("ε_g, √η·σ as usual", number(usual), remark("epsilon_g_as_usual")))
        }
        let theorem = regressionErrorAsPrinted == nil ? "Theorem 2" : "Theorem 6"
        rows += [
            ("\(theorem), error of values", number(valueError), remark("value_error")),
            ("Trivial range", number(trivialRange), "⋄max/(1 − γ)"),
            ("\(theorem), confidence", number(confidence), remark("confidence")),
            (
                "Theorem 3, tightening", "≥ ε_s + \(number(valueError))",
                isVacuous ? "vacuous: no budget can be tightened by that" : ""
            ),
        ]
        return rows
    }

    private static let notes = """
        Theorem 1 is printed with N²·(α_c − α) and proved with N·(α_c − α)²; rely on the second, which is weaker.
        Neither shows that the guarded set lies within the support: the proof compares volumes, not sets, and takes rows \
        of one trajectory as independent.
        "vacuous" stands where a bound says no more than is true without it.

        """
}
