// libcurl for Swift: typed static inline functions in place of the variadic ones.
#pragma once
#include <curl/curl.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>

static inline CURLcode pb_curl_set_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode pb_curl_set_large(CURL *h, CURLoption o, curl_off_t v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode pb_curl_set_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode pb_curl_set_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode pb_curl_set_list(CURL *h, CURLoption o, struct curl_slist *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode pb_curl_set_url(CURL *h, CURLU *v) { return curl_easy_setopt(h, CURLOPT_CURLU, v); }

typedef size_t (*pb_curl_data)(char *bytes, size_t size, size_t count, void *context);
typedef int (*pb_curl_close)(void *context, curl_socket_t socket);
typedef int (*pb_curl_debug)(CURL *handle, curl_infotype type, char *data, size_t size, void *context);
static inline CURLcode pb_curl_set_write(CURL *h, pb_curl_data f) { return curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, f); }
static inline CURLcode pb_curl_set_header(CURL *h, pb_curl_data f) { return curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, f); }
typedef int (*pb_curl_open)(void *context, curl_socket_t socket, curlsocktype purpose);
static inline CURLcode pb_curl_set_open(CURL *h, pb_curl_open f) { return curl_easy_setopt(h, CURLOPT_SOCKOPTFUNCTION, f); }
static inline CURLcode pb_curl_set_close(CURL *h, pb_curl_close f) { return curl_easy_setopt(h, CURLOPT_CLOSESOCKETFUNCTION, f); }

typedef curl_socket_t (*pb_curl_open_socket)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode pb_curl_set_open_socket(CURL *h, pb_curl_open_socket f) {
  return curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, f);
}
/// The address that libcurl is about to connect to; `addr` is the beginning of a larger structure.
static inline struct sockaddr_storage pb_curl_address(const struct curl_sockaddr *address) {
  struct sockaddr_storage storage;
  memset(&storage, 0, sizeof storage);
  memcpy(&storage, &address->addr, address->addrlen < sizeof storage ? address->addrlen : sizeof storage);
  return storage;
}

typedef int (*pb_curl_socket)(CURL *easy, curl_socket_t socket, int what, void *context, void *socket_context);
typedef int (*pb_curl_timer)(CURLM *multi, long timeout_ms, void *context);
static inline CURLMcode pb_multi_set_socket(CURLM *m, pb_curl_socket f, void *context) {
  CURLMcode code = curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, f);
  return code ? code : curl_multi_setopt(m, CURLMOPT_SOCKETDATA, context);
}
static inline CURLMcode pb_multi_set_timer(CURLM *m, pb_curl_timer f, void *context) {
  CURLMcode code = curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, f);
  return code ? code : curl_multi_setopt(m, CURLMOPT_TIMERDATA, context);
}
static inline CURLMcode pb_multi_set_long(CURLM *m, CURLMoption o, long v) { return curl_multi_setopt(m, o, v); }

static inline CURLcode pb_curl_get_long(CURL *h, CURLINFO i, long *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode pb_curl_get_offset(CURL *h, CURLINFO i, curl_off_t *v) { return curl_easy_getinfo(h, i, v); }
static inline CURLcode pb_curl_get_pointer(CURL *h, CURLINFO i, void **v) { return curl_easy_getinfo(h, i, v); }

static inline CURLcode pb_curl_get_socket(CURL *h, CURLINFO i, curl_socket_t *v) { return curl_easy_getinfo(h, i, v); }

/// The result of a finished transfer; the message's union does not import.
static inline CURLcode pb_message_result(CURLMsg *message) { return message->data.result; }
static inline CURLSHcode pb_share_tls_sessions(CURLSH *share) {
  return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}

/// Whether the other side has said by TLS that it sends no more, so that an end of the connection is no cut.
/// libcurl takes both for an end. Unknown (1) when libcurl uses another TLS library than OpenSSL.
static inline int pb_tls_ended_in_order(CURL *handle) {
  struct curl_tlssessioninfo *info = NULL;
  if (curl_easy_getinfo(handle, CURLINFO_TLS_SSL_PTR, &info) != CURLE_OK || !info) return 0;
  if (info->backend != CURLSSLBACKEND_OPENSSL || !info->internals) return info->backend != CURLSSLBACKEND_OPENSSL;
  return (SSL_get_shutdown((SSL *)info->internals) & SSL_RECEIVED_SHUTDOWN) != 0;
}
