package dev.hacp.testbed.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.buffer.ByteBufInputStream;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.Locale;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection to the embedded API server: HTTP/1.1 requests, watches as chunked JSON lines or WebSocket messages.
final class ApiHandler extends SimpleChannelInboundHandler<Object> {

    private static final Logger log = LoggerFactory.getLogger(ApiHandler.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectStore store;
    private final X509Certificate authority;
    private final BooleanSupplier ready;
    private @Nullable WebSocketServerHandshaker handshaker;

    ApiHandler(ObjectStore store, X509Certificate authority, BooleanSupplier ready) {
        this.store = store;
        this.authority = authority;
        this.ready = ready;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, Object message) {
        if (message instanceof WebSocketFrame frame) {
            answer(context.channel(), frame);
        } else if (message instanceof FullHttpRequest request) {
            serve(context, request);
        }
    }

    private void answer(Channel channel, WebSocketFrame frame) {
        if (frame instanceof CloseWebSocketFrame close && handshaker != null) {
            handshaker.close(channel, close.retain());
        } else if (frame instanceof PingWebSocketFrame) {
            channel.writeAndFlush(new PongWebSocketFrame(frame.content().retain()));
        }
    }

    private void serve(ChannelHandlerContext context, FullHttpRequest request) {
        QueryStringDecoder uri = new QueryStringDecoder(request.uri());
        if (uri.path().matches("/(readyz|livez|healthz)(/.*)?")) {
            boolean ok = ready.getAsBoolean() || !uri.path().startsWith("/readyz");
            respond(context, request, ok ? 200 : 500, "text/plain", ok ? "ok" : "[-]shutdown failed: not ready");
            return;
        }
        try {
            SslHandler ssl = context.pipeline().get(SslHandler.class);
            ClientIdentity client = ClientIdentity.of(ssl.engine().getSession(), authority);
            var document = Discovery.document(uri.path());
            if (document.isPresent()) {
                respond(context, request, 200, document.get());
                return;
            }
            ApiRequest parsed = ApiRequest.parse(uri);
            client.authorize(verb(request.method(), parsed), parsed.key());
            if (parsed.watch()) {
                watch(context, request, parsed);
            } else {
                ObjectNode answer = apply(request, parsed);
                respond(context, request, request.method().equals(HttpMethod.POST) ? 201 : 200, answer);
            }
        } catch (ApiFailure e) {
            respond(context, request, e.code(), e.status());
        } catch (IOException e) {
            ApiFailure failure = ApiFailure.badRequest("the body is not a JSON object: " + e.getMessage());
            respond(context, request, failure.code(), failure.status());
        }
    }

    private static String verb(HttpMethod method, ApiRequest request) {
        return switch (method.name()) {
            case "GET" -> request.watch() ? "watch" : request.key().name().isEmpty() ? "list" : "get";
            case "POST" -> "create";
            case "PUT" -> "update";
            default -> method.name().toLowerCase(Locale.ROOT);
        };
    }

    private ObjectNode apply(FullHttpRequest request, ApiRequest parsed) throws IOException {
        ResourceKey key = parsed.key();
        boolean collection = key.name().isEmpty();
        if (request.method().equals(HttpMethod.GET)) {
            boolean selected = request.uri().contains("fieldSelector");
            return collection || selected ? store.list(key, parsed.selector()) : store.get(key);
        }
        ObjectNode body = body(request);
        if (request.method().equals(HttpMethod.POST) && collection) {
            return store.create(key, body);
        }
        if (collection) {
            throw new ApiFailure(405, "MethodNotAllowed", "the server does not allow this method on the collection");
        }
        return switch (request.method().name()) {
            case "PUT" -> store.update(key, body);
            case "PATCH" -> patch(request, key, body);
            case "DELETE" -> store.delete(key, body.at("/preconditions/resourceVersion").asText());
            default -> throw new ApiFailure(405, "MethodNotAllowed", "the server does not allow this method");
        };
    }

    private ObjectNode patch(FullHttpRequest request, ResourceKey key, ObjectNode body) {
        String type = request.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
        if (!type.contains("merge-patch")) {
            throw new ApiFailure(415, "UnsupportedMediaType", "the embedded API server takes merge patches only");
        }
        return store.patch(key, body);
    }

    private static ObjectNode body(FullHttpRequest request) throws IOException {
        if (!request.content().isReadable()) {
            return JsonNodeFactory.instance.objectNode();
        }
        try (InputStream in = new ByteBufInputStream(request.content())) {
            JsonNode body = JSON.readTree(in);
            if (body instanceof ObjectNode object) {
                return object;
            }
            throw ApiFailure.badRequest("the body is not a JSON object");
        }
    }

    private void watch(ChannelHandlerContext context, FullHttpRequest request, ApiRequest parsed) {
        Channel channel = context.channel();
        if ("websocket".equalsIgnoreCase(request.headers().get(HttpHeaderNames.UPGRADE))) {
            String url = "wss://" + request.headers().get(HttpHeaderNames.HOST) + request.uri();
            handshaker = new WebSocketServerHandshakerFactory(url, null, true, 1 << 20).newHandshaker(request);
            if (handshaker == null) {
                WebSocketServerHandshakerFactory.sendUnsupportedVersionResponse(channel);
                return;
            }
            handshaker.handshake(channel, request).addListener(shaken -> {
                if (shaken.isSuccess()) {
                    follow(channel, parsed, event -> channel.writeAndFlush(new TextWebSocketFrame(event)), () -> {});
                }
            });
            return;
        }
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        HttpUtil.setTransferEncodingChunked(head, true);
        channel.writeAndFlush(head);
        follow(channel, parsed,
                event -> channel.writeAndFlush(
                        new DefaultHttpContent(Unpooled.copiedBuffer(event + "\n", StandardCharsets.UTF_8))),
                () -> channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
    }

    private interface Sink {
        void send(String event);
    }

    private void follow(Channel channel, ApiRequest parsed, Sink sink, Runnable end) {
        BiConsumer<String, ObjectNode> events = (type, object) -> {
            ObjectNode event = JsonNodeFactory.instance.objectNode().put("type", type);
            event.set("object", object);
            String text = event.toString();
            // Always queued: a change made on this very loop must not overtake one that another loop queued before.
            channel.eventLoop().execute(() -> {
                sink.send(text);
                if (type.equals("ERROR")) {
                    end.run();
                }
            });
        };
        Runnable stop = store.watch(parsed.key(), parsed.selector(), parsed.resourceVersion(), events);
        channel.closeFuture().addListener(closed -> stop.run());
    }

    private static void respond(ChannelHandlerContext context, FullHttpRequest request, int code, ObjectNode body) {
        respond(context, request, code, "application/json", body.toString());
    }

    private static void respond(ChannelHandlerContext context, FullHttpRequest request, int code, String type,
            String body) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code),
                Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
        HttpUtil.setContentLength(response, response.content().readableBytes());
        if (HttpUtil.isKeepAlive(request)) {
            context.writeAndFlush(response);
        } else {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        log.debug("connection of {} failed", context.channel().remoteAddress(), cause);
        context.close();
    }
}
