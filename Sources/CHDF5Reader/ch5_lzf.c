#include <hdf5.h>
#include <stdint.h>
#include <string.h>

#include "ch5_internal.h"

// The format: a byte below 32 is followed by one byte more than it says, to be copied. Any other has the length of a
// repetition, less 2, in its upper three bits (7: a byte follows that is added), and how far back it begins, less 1, in
// its lower five and the next byte.
enum { DAMAGED = 0, FIRST_REPETITION = 32, LONG = 7 };
static const size_t no_room = SIZE_MAX;

static size_t unpack(const uint8_t *in, size_t bytes, uint8_t *out, size_t room) {
    size_t at = 0, made = 0;
    while (at < bytes) {
        size_t control = in[at++];
        if (control < FIRST_REPETITION) {
            size_t count = control + 1;
            if (count > bytes - at) return DAMAGED;
            if (count > room - made) return no_room;
            memcpy(out + made, in + at, count);
            at += count;
            made += count;
            continue;
        }
        size_t count = control >> 5;
        if (count == LONG) {
            if (at == bytes) return DAMAGED;
            count += in[at++];
        }
        count += 2;
        if (at == bytes) return DAMAGED;
        size_t back = ((control & 31) << 8 | in[at++]) + 1;
        if (back > made) return DAMAGED;
        if (count > room - made) return no_room;
        // Byte by byte: a repetition may reach into what it makes.
        for (size_t index = 0; index < count; index++, made++) out[made] = out[made - back];
    }
    return made;
}

static size_t largest_block;

static size_t read_block(
    unsigned flags, size_t count, const unsigned values[], size_t bytes, size_t *room, void **block) {
    if (!(flags & H5Z_FLAG_REVERSE)) return 0;
    // h5py says how large a whole block is; other writers may not.
    size_t wanted = count > 2 && values[2] > 0 ? values[2] : 8 * bytes;
    for (;;) {
        if (wanted > largest_block) wanted = largest_block;
        uint8_t *out = H5allocate_memory(wanted, 0);
        if (!out) return 0;
        size_t made = unpack(*block, bytes, out, wanted);
        if (made != no_room && made != DAMAGED) {
            H5free_memory(*block);
            *block = out;
            *room = wanted;
            return made;
        }
        H5free_memory(out);
        if (made == DAMAGED || wanted == largest_block) return 0;
        wanted *= 2;
    }
}

void ch5_register_lzf(int64_t largest) {
    static const H5Z_class2_t lzf = {
        .version = H5Z_CLASS_T_VERS, .id = CH5_LZF, .encoder_present = 0, .decoder_present = 1, .name = "lzf",
        .filter = read_block,
    };
    largest_block = (size_t)largest;
    H5Zregister(&lzf);
}
