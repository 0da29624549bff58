#ifndef SAFERL_BUILD_INFO_H
#define SAFERL_BUILD_INFO_H

// The commit that the program is built from, in hexadecimal, with + behind it where files had been changed since; "" where
// whoever built it did not say.
const char *saferl_commit(void);

#endif
