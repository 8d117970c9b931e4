// The one exception of the addon. module.cc turns it into a JavaScript Error with the same three parts.
#ifndef QUIC_TOP_CAPTURE_ERROR_H
#define QUIC_TOP_CAPTURE_ERROR_H

#include <cerrno>
#include <stdexcept>
#include <string>

// A failure that a person can do something about.
class CaptureError : public std::runtime_error {
 public:
  // `code` is stable and for programs; `what` says what failed and where, `hint` what to do next.
  CaptureError(std::string code, const std::string& what, std::string hint)
      : std::runtime_error(what), code_(std::move(code)), hint_(std::move(hint)) {}

  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  std::string code_;
  std::string hint_;
};

// "<what> failed: ENODEV (No such device)", with a hint that fits the error number.
CaptureError system_error(const std::string& what, int error_number);
// The same with a hint of one's own.
CaptureError system_error(const std::string& what, int error_number, const std::string& hint);

#endif
