import jakarta.jms.BytesMessage;
import jakarta.jms.DeliveryMode;
import jakarta.jms.Destination;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.MapMessage;
import jakarta.jms.Message;
import jakarta.jms.MessageEOFException;
import jakarta.jms.ObjectMessage;
import jakarta.jms.Queue;
import jakarta.jms.StreamMessage;
import jakarta.jms.TextMessage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;

/** All types of message, their headers and properties, there and back. */
final class MessageChecks {
  static void addTo(Suite suite) {
    suite.check("[3.11.2] a text message brings its text, whatever its characters and length, or none", client -> {
      JMSContext context = client.context();
      for (String text : new String[] {"", "plain", "grün \u20ac \ud83d\ude00", "x".repeat(100_000)})
        Client.equal(text, ((TextMessage) roundTrip(context, context.createTextMessage(text))).getText());
      Client.equal(null, ((TextMessage) roundTrip(context, context.createTextMessage())).getText());
    });

    suite.check("[3.11.3] a bytes message brings its values", client -> {
      JMSContext context = client.context();
      BytesMessage sent = context.createBytesMessage();
      sent.writeBoolean(true);
      sent.writeInt(-5);
      sent.writeDouble(2.5);
      sent.writeUTF("grün");
      sent.writeBytes(new byte[] {0, (byte) 0xff});
      BytesMessage got = (BytesMessage) roundTrip(context, sent);
      Client.equal(true, got.readBoolean());
      Client.equal(-5, got.readInt());
      Client.equal(2.5, got.readDouble());
      Client.equal("grün", got.readUTF());
      byte[] rest = new byte[2];
      Client.equal(2, got.readBytes(rest));
      Client.equal(new byte[] {0, (byte) 0xff}, rest);
      Client.fails(MessageEOFException.class, got::readByte);
    });

    suite.check("[3.11.3] a bytes message of a megabyte comes whole", client -> {
      JMSContext context = client.context();
      byte[] bytes = new byte[1 << 20];
      for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i * 31);
      BytesMessage sent = context.createBytesMessage();
      sent.writeBytes(bytes);
      BytesMessage got = (BytesMessage) roundTrip(context, sent);
      byte[] back = new byte[bytes.length];
      Client.equal((long) bytes.length, got.getBodyLength());
      got.readBytes(back);
      Client.equal(bytes, back);
    });

    suite.check("[3.11.4] a map message brings its entries with their types", client -> {
      JMSContext context = client.context();
      MapMessage sent = context.createMapMessage();
      sent.setInt("int", 1);
      sent.setLong("long", Long.MIN_VALUE);
      sent.setByte("byte", (byte) -1);
      sent.setShort("short", (short) 300);
      sent.setFloat("float", 0.5f);
      sent.setDouble("double", 1e300);
      sent.setBoolean("boolean", true);
      sent.setChar("char", '\u20ac');
      sent.setString("string", "text");
      sent.setBytes("bytes", new byte[] {1, 2});
      MapMessage got = (MapMessage) roundTrip(context, sent);
      List<?> names = listOf(sent.getMapNames());
      for (Object name : names) Client.equal(sent.getObject((String) name), got.getObject((String) name));
      Client.equal(names.size(), listOf(got.getMapNames()).size());
    });

    suite.check("[3.11.5] a stream message brings its values in their order", client -> {
      JMSContext context = client.context();
      List<Object> values = List.of(1, 2L, (short) 3, (byte) 4, 0.5f, 2.5, true, 'c', "text", new byte[] {9});
      StreamMessage sent = context.createStreamMessage();
      for (Object value : values) sent.writeObject(value);
      StreamMessage got = (StreamMessage) roundTrip(context, sent);
      for (Object value : values) Client.equal(value, got.readObject());
      Client.fails(MessageEOFException.class, got::readObject);
    });

    suite.check("[3.11.6] an object message brings its object, serialized by Java or as a type of AMQP", client -> {
      for (String typed : List.of("false", "true")) {
        String options = "&jms.messageIDPolicy.messageIDType=UUID&jms.useDaemonThread=true&jms.deserializationPolicy.allowList=*";
        JMSContext context = client.context(JMSContext.AUTO_ACKNOWLEDGE, null, options);
        ObjectMessage sent = context.createObjectMessage(new ArrayList<>(List.of("a", 1, 2L)));
        sent.setBooleanProperty("JMS_AMQP_TYPED_ENCODING", typed.equals("true"));
        Client.equal(List.of("a", 1, 2L), ((ObjectMessage) roundTrip(context, sent)).getObject());
      }
    });

    suite.check("[3.11.1] a message without a body is one", client -> {
      JMSContext context = client.context();
      Message sent = context.createMessage();
      sent.setStringProperty("only", "this");
      Client.equal("this", roundTrip(context, sent).getStringProperty("only"));
    });

    suite.check("[3.5] properties keep their names, types and values", client -> {
      JMSContext context = client.context();
      Map<String, Object> properties = Map.of("int", 1, "long", Long.MAX_VALUE, "short", (short) 2, "byte", (byte) 3, "float", 0.5f, "double", 2.5,
          "boolean", true, "string", "grün", "empty", "", "$_1", "identifier");
      Message sent = context.createTextMessage("properties");
      for (Map.Entry<String, Object> property : properties.entrySet()) sent.setObjectProperty(property.getKey(), property.getValue());
      Message got = roundTrip(context, sent);
      for (Map.Entry<String, Object> property : properties.entrySet()) Client.equal(property.getValue(), got.getObjectProperty(property.getKey()));
    });

    suite.check("[3.4] headers come as they were sent", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      Queue answers = context.createQueue(Client.name());
      TextMessage sent = context.createTextMessage("headers");
      sent.setStringProperty("JMSXGroupID", "group");
      sent.setIntProperty("JMSXGroupSeq", 2);
      long before = System.currentTimeMillis();
      context.createProducer().setPriority(8).setDeliveryMode(DeliveryMode.NON_PERSISTENT).setTimeToLive(60_000).setJMSType("type")
          .setJMSCorrelationID("correlation").setJMSReplyTo(answers).send(queue, sent);
      Message got = Client.next(context.createConsumer(queue));
      Client.equal(sent.getJMSMessageID(), got.getJMSMessageID());
      Client.equal(queue, got.getJMSDestination());
      Client.equal(answers, got.getJMSReplyTo());
      Client.equal("correlation", got.getJMSCorrelationID());
      Client.equal("type", got.getJMSType());
      Client.equal(8, got.getJMSPriority());
      Client.equal(DeliveryMode.NON_PERSISTENT, got.getJMSDeliveryMode());
      Client.equal(sent.getJMSTimestamp(), got.getJMSTimestamp());
      Client.holds(got.getJMSExpiration() >= before + 60_000 && got.getJMSExpiration() <= System.currentTimeMillis() + 60_000, "expiration");
      Client.equal(false, got.getJMSRedelivered());
      Client.equal(1, got.getIntProperty("JMSXDeliveryCount"));
      Client.equal("group", got.getStringProperty("JMSXGroupID"));
      Client.equal(2, got.getIntProperty("JMSXGroupSeq"));
    });

    suite.check("[3.4.5] correlation identifiers may be texts, message identifiers or bytes", client -> {
      JMSContext context = client.context();
      Message sent = context.createTextMessage("bytes");
      sent.setJMSCorrelationIDAsBytes(new byte[] {0, 1, (byte) 0xff});
      Client.equal(new byte[] {0, 1, (byte) 0xff}, roundTrip(context, sent).getJMSCorrelationIDAsBytes());
      Message text = context.createTextMessage("text");
      text.setJMSCorrelationID("any text");
      Client.equal("any text", roundTrip(context, text).getJMSCorrelationID());
    });

    for (String type : List.of("DEFAULT", "UUID", "UUID_STRING", "PREFIXED_UUID_STRING"))
      suite.check("a message with an identifier of the type " + type + " comes with it, and can be selected by it", client -> {
        JMSContext context = client.context(JMSContext.AUTO_ACKNOWLEDGE, null, "&jms.messageIDPolicy.messageIDType=" + type);
        Message sent = context.createTextMessage(type);
        Client.equal(sent.getJMSMessageID(), null);
        Message got = roundTrip(context, sent);
        Client.equal(sent.getJMSMessageID(), got.getJMSMessageID());
        Destination queue = got.getJMSDestination();
        context.createProducer().send(queue, sent);
        JMSConsumer selecting = context.createConsumer(queue, "JMSMessageID = '" + sent.getJMSMessageID() + "'");
        Client.equal(type, Client.nextText(selecting));
      });
  }

  private static List<?> listOf(Enumeration<?> all) {
    return Collections.list(all);
  }

  /** The message as it comes out of a queue of its own. */
  private static Message roundTrip(JMSContext context, Message sent) {
    Queue queue = context.createQueue(Client.name());
    context.createProducer().send(queue, sent);
    try (JMSConsumer consumer = context.createConsumer(queue)) {
      return Client.next(consumer);
    }
  }
}
