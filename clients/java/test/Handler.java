import com.amazonaws.services.lambda.runtime.Context;
import java.util.Map;

/** The function as AWS' runtime calls it. */
public final class Handler {

    public Map<String, ?> handleRequest(Map<String, Object> event, Context context) throws Exception {
        return Function.handle(event, context::getRemainingTimeInMillis);
    }
}
