#include <hdf5.h>
#include <stdio.h>

#include "fx_file.h"

// libhdf5 is used by one thread at a time, here and in the reader that is tested.
void ch5_lock(void);
void ch5_unlock(void);

static hid_t enumeration(const char *zero, const char *one) {
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    signed char value = 0;
    H5Tenum_insert(type, zero, &value);
    value = 1;
    H5Tenum_insert(type, one, &value);
    return type;
}

static hid_t element(int type) {
    hid_t made;
    switch (type) {
    case FX_FLOAT64: return H5Tcopy(H5T_IEEE_F64LE);
    case FX_FLOAT128: return H5Tcopy(H5T_NATIVE_LDOUBLE);
    case FX_INT8: return H5Tcopy(H5T_STD_I8LE);
    case FX_INT32: return H5Tcopy(H5T_STD_I32LE);
    case FX_INT64: return H5Tcopy(H5T_STD_I64LE);
    case FX_UINT8: return H5Tcopy(H5T_STD_U8LE);
    case FX_BOOLEAN: return enumeration("FALSE", "TRUE");
    case FX_COLOURS: return enumeration("RED", "GREEN");
    case FX_BITS: return H5Tcopy(H5T_STD_B8LE);
    case FX_TEXT:
        made = H5Tcopy(H5T_C_S1);
        H5Tset_size(made, 8);
        return made;
    case FX_RECORD:
        made = H5Tcreate(H5T_COMPOUND, sizeof(float));
        H5Tinsert(made, "value", 0, H5T_IEEE_F32LE);
        return made;
    case FX_OPAQUE: return H5Tcreate(H5T_OPAQUE, 4);
    default: return H5Tcopy(H5T_IEEE_F32LE);
    }
}

static hid_t storage(const fx_column *column) {
    hid_t options = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(options, 0);
    if (column->elsewhere) H5Pset_external(options, column->elsewhere, 0, H5F_UNLIMITED);
    if (column->chunk_rows <= 0) return options;
    hsize_t chunk[4] = {(hsize_t)column->chunk_rows};
    for (int axis = 1; axis < column->rank; axis++) chunk[axis] = (hsize_t)column->dims[axis];
    H5Pset_chunk(options, column->rank, chunk);
    if (column->filter == 1) H5Pset_deflate(options, 9);
    if (column->filter > 1) H5Pset_filter(options, column->filter, H5Z_FLAG_OPTIONAL, 0, NULL);
    return options;
}

static int fill(hid_t set, hid_t type, const fx_column *column, const void *data) {
    hsize_t first[4] = {0};
    if (column->packed) return H5Dwrite_chunk(set, H5P_DEFAULT, 0, first, column->packed_bytes, column->packed);
    return data ? H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) : 0;
}

int64_t fx_create(const char *path) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    ch5_unlock();
    return file;
}

int fx_put(int64_t file, const fx_column *column, const void *data) {
    ch5_lock();
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hsize_t dims[4];
    for (int axis = 0; axis < 4; axis++) dims[axis] = (hsize_t)column->dims[axis];
    hid_t type = element(column->type), space = H5Screate_simple(column->rank, dims, NULL);
    hid_t options = storage(column), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t set = H5Dcreate2(file, column->name, type, space, links, options, H5P_DEFAULT);
    int result = set < 0 ? -1 : fill(set, type, column, data);
    if (set >= 0) H5Dclose(set);
    H5Pclose(links);
    H5Pclose(options);
    H5Sclose(space);
    H5Tclose(type);
    ch5_unlock();
    return result;
}

int fx_link(int64_t file, const char *name, const char *path) {
    ch5_lock();
    int result = H5Lcreate_external(path, name, file, name, H5P_DEFAULT, H5P_DEFAULT);
    ch5_unlock();
    return result;
}

int fx_state(int64_t file, const char *name, int64_t value) {
    ch5_lock();
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(file, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    int result = attribute < 0 ? -1 : H5Awrite(attribute, H5T_NATIVE_INT64, &value);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    ch5_unlock();
    return result;
}

int fx_close(int64_t file) {
    ch5_lock();
    int result = H5Fclose(file);
    ch5_unlock();
    return result;
}
