import CKernels
import Foundation
import Tensors
import TestSupport
import Testing

/// Loops over rows, pairs and whole vectors against `Double`, with the values that are not ordinary numbers.
@Suite struct RowKernelTests {
    private static func draws(_ count: Int, seed: UInt64 = 1) -> [Float] {
        var stream = RandomStream(seed: seed, for: .testing)
        let tensor = Tensor(1, count)
        stream.fillNormal(tensor.buffer)
        return Array(tensor.buffer)
    }

    private static func error(_ actual: [Float], _ expected: [Double]) -> Double {
        let scale = expected.reduce(1e-30) { max($0, abs($1)) }
        return zip(actual, expected).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / scale
    }

    @Test(arguments: [1, 2, 15, 16, 17, 1000, 4097]) func rowsAgreeWithDouble(columns: Int) {
        let rows = 3
        let x = Self.draws(rows * columns).map { 5 * $0 + 3 }
        let scale = Self.draws(columns, seed: 2), shift = Self.draws(columns, seed: 3)
        let exact = ReferenceMatrix(rows, columns) { Double(x[$0 * columns + $1]) }
        var y = [Float](repeating: 0, count: x.count), statistics = [Float](repeating: 0, count: 2 * rows)
        var worst: [String: Double] = [:]

        ck_layer_norm(x, scale, shift, &y, &statistics, rows, columns, 1e-3)
        worst["layer norm"] = Self.error(
            y,
            exact.mapRows { row in
                Reference.normalised(row, centred: true, epsilon: 1e-3).enumerated().map {
                    $1 * Double(scale[$0]) + Double(shift[$0])
                }
            }.elements)
        ck_rms_norm(x, scale, &y, &statistics, rows, columns, 1e-3)
        worst["RMS norm"] = Self.error(
            y,
            exact.mapRows { row in
                Reference.normalised(row, centred: false, epsilon: 1e-3).enumerated().map {
                    $1 * Double(scale[$0])
                }
            }.elements)
        ck_softmax(x, &y, rows, columns)
        worst["softmax"] = Self.error(
            y, exact.mapRows(Reference.softmax).elements)
        ck_log_softmax(x, &y, rows, columns)
        worst["log-softmax"] = Self.error(
            y, exact.mapRows(Reference.logSoftmax).elements)
        var sums = [Float](repeating: 0, count: rows)
        ck_log_sum_exp(x, &sums, rows, columns)
        worst["log-sum-exp"] = Self.error(sums, exact.eachRow(Reference.logSumExp).elements)
        ck_row_sum(x, &sums, rows, columns)
        worst["row sum"] = Self.error(sums, exact.eachRow { $0.reduce(0, +) }.elements)
        var total = [Float](repeating: 0, count: columns)
        ck_column_sum(x, &total, rows, columns)
        worst["column sum"] = Self.error(
            total, (0..<columns).map { exact[0, $0] + exact[1, $0] + exact[2, $0] })

        let bound = 1e-6 * Double(columns).squareRoot()
        for (name, error) in worst { #expect(error <= bound, "\(name) of \(columns) columns") }
        print(
            "\(columns) columns: "
                + worst.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }

    @Test func rowsWithInfinitiesAndNaN() {
        let x: [Float] = [
            0, -.infinity, 0, -.infinity, -.infinity, -.infinity, 1, .nan, 2, .infinity, 1, 2, 3e38, 3e38,
            -3e38,
        ]
        var y = [Float](repeating: 9, count: 5)
        ck_log_sum_exp(x, &y, 5, 3)
        #expect(
            abs(y[0] - log(2)) <= 1e-7 && y[1] == -.infinity && y[2].isNaN && y[3] == .infinity
                && y[4] == 3e38)
        var p = [Float](repeating: 9, count: 15)
        ck_softmax(x, &p, 5, 3)
        #expect(p[0] == 0.5 && p[1] == 0 && p[6...8].allSatisfy({ $0.isNaN }) && p[12] == 0.5 && p[14] == 0)
        ck_log_softmax(x, &p, 5, 3)
        #expect(p[1] == -.infinity && p[6...8].allSatisfy({ $0.isNaN }))
        var columns = [Int32](repeating: 9, count: 5)
        ck_row_extreme(x, &y, &columns, 5, 3, 1)
        #expect(columns == [0, 0, 1, 0, 0] && y[2].isNaN && y[3] == .infinity)
        ck_row_extreme(x, &y, &columns, 5, 3, -1)
        #expect(columns == [1, 0, 1, 1, 2] && y[2].isNaN)
        for norm in 0..<2 {
            var z: [Float] = [1, .nan, 2], statistics: [Float] = [0, 0]
            let ones: [Float] = [1, 1, 1]
            if norm == 0 {
                ck_layer_norm([1, .nan, 2], ones, ones, &z, &statistics, 1, 3, 1e-6)
            } else {
                ck_rms_norm([1, .nan, 2], ones, &z, &statistics, 1, 3, 1e-6)
            }
            #expect(z.allSatisfy({ $0.isNaN }))
        }
    }

    private static func exact(_ operation: ck_operation, _ a: Float, _ b: Float) -> Float {
        switch operation {
        case CK_ADD: return a + b
        case CK_SUBTRACT: return a - b
        case CK_MULTIPLY: return a * b
        case CK_DIVIDE: return a / b
        default:
            if a.isNaN || b.isNaN { return .nan }
            return operation == CK_MIN ? min(a, b) : max(a, b)
        }
    }

    @Test(arguments: [CK_ADD, CK_SUBTRACT, CK_MULTIPLY, CK_DIVIDE, CK_MIN, CK_MAX])
    func pairsAreExactlyRoundedAndKeepNaN(_ operation: ck_operation) {
        let edges: [Float] = [
            0, -0.0, 1, -1, .nan, .infinity, -.infinity, 1e30, -1e30, .leastNonzeroMagnitude, 88, -88,
        ]
        let values = edges + Self.draws(40)
        for b in values {
            var y = [Float](repeating: 9, count: values.count)
            ck_binary(operation, values, values.count, 1, [b], 0, 0, &y, 1, values.count)
            let agrees = zip(values, y).allSatisfy { a, y in
                let exact = Self.exact(operation, a, b)
                return y == exact || y.isNaN && exact.isNaN
            }
            #expect(agrees, "beside \(b)")
        }
    }

    @Test func simpleLoopsFollowTheirDescription() {
        let x = Self.draws(1003), a = Self.draws(1003, seed: 2)
        var y = a
        ck_affine(x, &y, x.count, 2, 1)
        #expect(Self.error(y, x.map { 2 * Double($0) + 1 }) <= 1e-7)
        y = a
        ck_scaled(x, &y, x.count, 3, 1)
        #expect(Self.error(y, zip(x, a).map { 3 * Double($0) + Double($1) }) <= 1e-7)
        y = a
        ck_product(x, a, &y, x.count, 1)
        #expect(Self.error(y, zip(x, a).map { Double($0) * Double($1) + Double($1) }) <= 1e-7)
        ck_product(x, a, &y, x.count, 0)
        #expect(y == zip(x, a).map { $0 * $1 })
        ck_clip(x, &y, x.count, -0.5, 0.25)
        #expect(y == x.map { min(max($0, -0.5), 0.25) })
        ck_clip([.nan, .infinity, -.infinity], &y, 3, -1, 1)
        #expect(y[0].isNaN && y[1] == 1 && y[2] == -1)
        ck_above([1, 2, .nan, 3], &y, 4, 2, 0)
        #expect(Array(y.prefix(4)) == [0, 0, 0, 1])
        ck_above([1, 2, .nan, 3], &y, 4, 2, 1)
        #expect(Array(y.prefix(4)) == [0, 1, 0, 1])
        ck_select([0, 1, -2], [1, 2, 3], [4, 5, 6], &y, 3)
        #expect(Array(y.prefix(3)) == [4, 2, 3])
        var dy: [Float] = [5, 5, 5]
        ck_mask_positive([1, 0, .nan], &dy, 3)
        #expect(dy[0] == 5 && dy[1] == 0 && dy[2].isNaN)
        dy = [5, 5, 5]
        ck_tanh_gradient_in_place([0, 0.5, .nan], &dy, 3)
        #expect(dy[0] == 5 && dy[1] == 3.75 && dy[2].isNaN)
        #expect(abs(ck_sum(x, x.count) - x.reduce(0) { $0 + Double($1) }) <= 1e-10)
        #expect(abs(ck_sum_of_squares(x, x.count) - x.reduce(0) { $0 + Double($1) * Double($1) }) <= 1e-9)
        #expect(ck_sum([1, .nan], 2).isNaN && ck_sum_of_squares([1, .nan], 2).isNaN && ck_sum(x, 0) == 0)
    }

    @Test func everyPlaceOfWhatIsNotFiniteIsFound() {
        for count in [1, 16, 37] {
            for place in 0..<count {
                for bad in [Float.nan, .infinity, -.infinity] {
                    var x = [Float](repeating: .greatestFiniteMagnitude, count: count)
                    #expect(ck_all_finite(x, count) == 1)
                    x[place] = bad
                    #expect(ck_all_finite(x, count) == 0)
                    var w = [Float](repeating: 0, count: count), m = w, v = w
                    var step = ck_adam_step(
                        rate: 0, beta1: 0.9, beta2: 0.99, correction1: 1, correction2: 1, epsilon: 1e-8,
                        decay: 0, scale: 1)
                    #expect(ck_adam(&w, x, &m, &v, nil, count, &step, 0) == 0)
                }
            }
        }
    }

    @Test func theMovingAverageAndCopiesOfColumnsAndRows() {
        let w = Self.draws(37), start = Self.draws(37, seed: 2)
        var target = start
        ck_polyak(w, &target, 37, 0.3)
        #expect(Self.error(target, zip(w, start).map { 0.3 * Double($0) + 0.7 * Double($1) }) <= 2e-7)
        ck_polyak([.nan], &target, 1, 0.3)
        #expect(target[0].isNaN)
        var to: [Float] = [0, 1, 1, 0, 1, 1]
        ck_copy_columns([1, 2, 9, 3, 4, 9], 3, &to, 3, 2, 2, 1)
        #expect(to == [1, 3, 1, 3, 5, 1])
        var gathered = [Float](repeating: 0, count: 6)
        ck_gather_rows([1, 2, 3, 4], [1, 0, 1], &gathered, 3, 2)
        #expect(gathered == [3, 4, 1, 2, 3, 4])
        var scattered: [Float] = [0, 0, 0, 0]
        ck_scatter_rows(gathered, [1, 0, 1], &scattered, 3, 2)
        #expect(scattered == [1, 2, 6, 8])
    }
}
