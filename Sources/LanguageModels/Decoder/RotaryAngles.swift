import Foundation
import Tensors

extension DecoderDescription {
    /// Angle per position of every pair, `headWidth / 2` of them, in radians.
    ///
    /// Wavelengths between the two limits of Llama 3's scaling are mixed linearly.
    public var inverseFrequencies: [Double] {
        (0..<headWidth / 2).map { pair in
            let plain = pow(rotaryBase, -2 * Double(pair) / Double(headWidth))
            guard let scaling = rotaryScaling else { return plain }
            let (wavelength, original) = (2 * Double.pi / plain, Double(scaling.originalLength))
            if wavelength > original / scaling.lowFrequency { return plain / scaling.factor }
            if wavelength < original / scaling.highFrequency { return plain }
            let share =
                (original / wavelength - scaling.lowFrequency)
                / (scaling.highFrequency - scaling.lowFrequency)
            return (1 - share) * plain / scaling.factor + share * plain
        }
    }

    /// Records cosines and sines of the positions, `[positions.count, headWidth]`, for `rotary`.
    func angles(_ positions: [Int], on tape: Tape) -> Variable {
        let (table, half) = (tape.constant(0, positions.count, headWidth), headWidth / 2)
        let (frequencies, values) = (inverseFrequencies, table.mutableValues)
        // Sequences begin alike: a position's angles are computed once.
        var known = Array(repeating: -1, count: 1 + positions.reduce(0) { max($0, $1) })
        for (row, position) in positions.enumerated() {
            if known[position] >= 0 {
                let first = known[position] * headWidth
                for place in 0..<headWidth { values[row * headWidth + place] = values[first + place] }
                continue
            }
            known[position] = row
            for pair in 0..<half {
                let angle = Double(position) * frequencies[pair]
                values[row * headWidth + pair] = Float(cos(angle))
                values[row * headWidth + half + pair] = Float(sin(angle))
            }
        }
        return table
    }
}
