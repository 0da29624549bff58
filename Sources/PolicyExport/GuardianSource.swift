import Foundation
import Guardians
import SafeRL
import Storage

/// A guardian as one file of C11: its score of a point, and whether that lies outside.
///
/// Every reference is looked at for each point, so that a score takes a time in proportion to what the guardian was fitted on. Scores
/// differ from those here by rounding alone.
public struct GuardianSource {
    private let record: GuardianRecord
    private let origin: String
    private let size: Int
    private let arrays: [String: GuardianRecord.NumberArray]

    /// Takes a guardian.
    ///
    /// - Parameters:
    ///   - record: of `count`, `neighbours` or `kde`.
    ///   - origin: what it comes from, in one line, for whoever opens the file.
    ///   - place: of the run, for messages.
    /// - Throws: `UnexportablePolicy` for another method.
    public init(_ record: GuardianRecord, origin: String, place: String) throws(UnexportablePolicy) {
        arrays = Dictionary(uniqueKeysWithValues: record.arrays.map { ($0.name, $0) })
        guard [CountGuardian.kind, NeighbourGuardian.kind, DensityGuardian.kind].contains(record.kind),
            let points = arrays[record.kind == CountGuardian.kind ? "points" : "references"],
            points.shape.count == 2
        else {
            throw UnexportablePolicy(
                place, "a guardian \(record.kind) has no form in C. Name count, neighbours or kde.")
        }
        (self.record, self.origin, size) = (record, oneLine(origin), points.shape[1])
    }

    /// The file.
    public func text() -> String {
        let body =
            switch record.kind {
            case CountGuardian.kind: counted
            case NeighbourGuardian.kind: scaled + neighbours
            default: scaled + density
            }
        return head + body + deciding
    }

    private func values(_ name: String) -> [Double] { arrays[name]?.values ?? [] }

    private var head: String {
        """
        /* \(origin.replacing("*/", with: "* /"))
         *
         * A guardian: guardian_score(point) is higher the farther a point lies from what it was fitted on, and guardian_is_outside says
         * whether that is above the threshold. A point is an observation, and the action behind it, in the units of the data; one
         * that is not finite is outside. Nothing is kept between calls, and nothing allocated.
         *
         * cc -std=c11 -O3 -march=native -c guardian.c, and -lm behind it.
         */
        #include <math.h>
        #include <stddef.h>

        #define GUARDIAN_POINT \(size)
        static const double threshold = \(Self.literal(values("threshold").first ?? 0));


        """
    }

    /// In digits that give the same number back.
    private static func literal(_ value: Double) -> String { "\(value)" }

    private static func array(_ name: String, _ values: [Double]) -> String {
        var text = "static const double \(name)[\(max(values.count, 1))] = {"
        for (index, value) in values.enumerated() {
            text += index % 6 == 0 ? "\n    " : " "
            text += "\(literal(value)),"
        }
        return text + (values.isEmpty ? "0" : "") + "\n};\n"
    }

    // MARK: - Methods

    private var counted: String {
        let visits = values("visits")
        return Self.array("points", values("points")) + Self.array("visits", visits) + """

            #define POINTS \(visits.count)

            /* Below 0 where a comes before b in the order of the table, above where behind. */
            static int order(const double a[], const double b[])
            {
                for (int i = 0; i < GUARDIAN_POINT; ++i)
                    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
                return 0;
            }

            static double score(const double point[])
            {
                size_t low = 0, high = POINTS;
                while (low < high) {
                    size_t middle = low + (high - low) / 2;
                    if (order(points + middle * GUARDIAN_POINT, point) < 0) low = middle + 1; else high = middle;
                }
                return low < POINTS && order(points + low * GUARDIAN_POINT, point) == 0 ? -visits[low] : 0;
            }

            """
    }

    private var scaled: String {
        let (lower, upper) = (values("feature.lower"), values("feature.upper"))
        let references = values("references")
        return Self.array("lower", lower) + Self.array("range", zip(lower, upper).map { $1 - $0 })
            + Self.array("references", references) + """

                #define REFERENCES \(references.count / max(size, 1))

                /* Each feature by its range; constant ones stay as they are. */
                static void scale(const double point[], double to[])
                {
                    for (int i = 0; i < GUARDIAN_POINT; ++i) to[i] = range[i] > 0 ? 2 * (point[i] - lower[i]) / range[i] - 1 : point[i];
                }

                static double square(const double a[], const double b[])
                {
                    double sum = 0;
                    for (int i = 0; i < GUARDIAN_POINT; ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
                    return sum;
                }


                """
    }

    private var neighbours: String {
        let details = (try? JSONValue(parsing: Array(record.metadata.utf8)))?["details"]
        let count = details?["neighbours"]?.number?.int ?? 1
        return """
            #define NEIGHBOURS \(count)

            /* The distance to the NEIGHBOURS-th nearest reference. */
            static double score(const double point[])
            {
                double own[GUARDIAN_POINT], nearest[NEIGHBOURS];
                scale(point, own);
                for (int i = 0; i < NEIGHBOURS; ++i) nearest[i] = INFINITY;
                for (size_t row = 0; row < REFERENCES; ++row) {
                    double found = square(own, references + row * GUARDIAN_POINT);
                    for (int i = 0; i < NEIGHBOURS && found < INFINITY; ++i) {
                        if (found < nearest[i]) {
                            double farther = nearest[i];
                            nearest[i] = found;
                            found = farther;
                        }
                    }
                }
                return sqrt(nearest[NEIGHBOURS - 1]);
            }

            """
    }

    private var density: String {
        let bandwidth = values("bandwidth").first ?? 1
        let count = Double(values("references").count / max(size, 1))
        let factor = 1 / (count * bandwidth * (2 * Double.pi).squareRoot())
        return """
            static const double rate = \(Self.literal(1 / (2 * bandwidth * bandwidth))), factor = \(Self.literal(factor));

            /* Minus the logarithm of the kernel density, whose largest term is taken out: it does not vanish far away. */
            static double score(const double point[])
            {
                double own[GUARDIAN_POINT], nearest = INFINITY, sum = 0;
                scale(point, own);
                for (size_t row = 0; row < REFERENCES; ++row) {
                    double found = square(own, references + row * GUARDIAN_POINT);
                    if (found < nearest) nearest = found;
                }
                for (size_t row = 0; row < REFERENCES; ++row)
                    sum += exp(-rate * (square(own, references + row * GUARDIAN_POINT) - nearest));
                return rate * nearest - log(sum) - log(factor);
            }

            """
    }

    private var deciding: String {
        """

        double guardian_score(const double point[]);
        int guardian_is_outside(const double point[]);

        double guardian_score(const double point[])
        {
            for (int i = 0; i < GUARDIAN_POINT; ++i)
                if (!isfinite(point[i])) return INFINITY;
            return score(point);
        }

        int guardian_is_outside(const double point[]) { return !(guardian_score(point) <= threshold); }

        """
    }
}
