#include <foldline/core/global_position.hpp>
#include <foldline/core/stream_version.hpp>

#ifdef FOLDLINE_CONTROL
foldline::stream_version version{foldline::global_position{7}.value};  // a number, by intent
#else
foldline::stream_version version{foldline::global_position{7}};
#endif
