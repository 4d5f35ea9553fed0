import jakarta.jms.DeliveryMode;
import jakarta.jms.InvalidSelectorRuntimeException;
import jakarta.jms.JMSConsumer;
import jakarta.jms.JMSContext;
import jakarta.jms.JMSProducer;
import jakarta.jms.Queue;
import jakarta.jms.TextMessage;
import jakarta.jms.Topic;
import java.util.List;

/** Message selectors. */
final class SelectorChecks {
  /** Conditions that hold for the message of `sample`, and such that do not. */
  private static final List<String> TRUE = List.of(
      "color = 'blue'", "quoted = 'it''s'", "weight = 5", "weight > 4 AND weight <= 5.0", "weight BETWEEN 1 AND 5", "color IN ('red', 'blue')",
      "color LIKE 'b_u%'", "percent LIKE '10\\%' ESCAPE '\\'", "absent IS NULL", "color IS NOT NULL", "urgent", "urgent = TRUE AND NOT cold",
      "big = 9007199254740993", "small = -3 AND tiny = 7", "ratio = 0.5", "ratio * 2 + weight = 6", "color <> 'red' OR absent = 1",
      "JMSPriority = 7", "JMSDeliveryMode = 'NON_PERSISTENT'", "JMSType = 'order'", "JMSCorrelationID = 'c-1'", "JMSTimestamp > 0",
      "JMSXGroupID = 'g' AND JMSXGroupSeq = 3");
  private static final List<String> FALSE = List.of(
      "color = 'Blue'", "weight = 6", "weight <> 5", "weight = '5'", "color > 5", "absent = 1", "absent <> 1", "NOT (absent = 1)", "cold",
      "weight NOT BETWEEN 1 AND 5", "color NOT IN ('blue')", "color NOT LIKE 'b%'", "color IS NULL", "big = 9007199254740992", "JMSPriority < 7",
      "urgent AND absent");

  /** Of these, too; they are apart because brokers differ in which types a sign may stand before. */
  private static final List<String> TRUE_WITH_SIGN = List.of("-weight = -5", "-big < 0", "-ratio = -0.5", "-small = 3", "-tiny = -7");

  static void addTo(Suite suite) {
    suite.check("[3.8.1.1] a consumer gets the messages for which its selector holds", client -> hold(client, TRUE));

    suite.check("[3.8.1.1] a sign may stand before a number of any type", client -> hold(client, TRUE_WITH_SIGN));

    suite.check("[3.8.1.1] and not those for which it is false or unknown, which others get", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      sample(context).send(queue, "sample");
      for (String selector : FALSE) {
        try (JMSConsumer consumer = context.createConsumer(queue, selector)) {
          Client.holds(consumer.receiveNoWait() == null, selector + " should not hold");
        }
      }
      Client.equal("sample", Client.nextText(context.createConsumer(queue)));
    });

    suite.check("[3.8.1] JMSMessageID can be selected by", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      TextMessage first = context.createTextMessage("first");
      TextMessage second = context.createTextMessage("second");
      context.createProducer().send(queue, first).send(queue, second);
      Client.equal("second", Client.nextText(context.createConsumer(queue, "JMSMessageID = '" + second.getJMSMessageID() + "'")));
    });

    suite.check("consumers with different selectors share a queue, each with its own messages, in order", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      JMSConsumer odd = client.context().createConsumer(queue, "n % 2 = 1");
      JMSConsumer even = client.context().createConsumer(queue, "n IN ('x') OR n = 2 OR n = 4");
      for (int i = 1; i <= 6; i++) context.createProducer().setProperty("n", i).send(queue, "m" + i);
      Client.equal(List.of("m1", "m3", "m5"), Client.nextTexts(odd, 3));
      Client.equal(List.of("m2", "m4"), Client.nextTexts(even, 2));
      Client.equal("m6", Client.nextText(context.createConsumer(queue)));
    });

    suite.check("[8.3.1] a subscriber with a selector gets what it asks for, with noLocal as well", client -> {
      JMSContext context = client.context();
      Topic topic = context.createTopic(Client.name());
      JMSConsumer consumer = client.context().createConsumer(topic, "n > 1", true);
      for (int i = 1; i <= 3; i++) context.createProducer().setProperty("n", i).send(topic, "m" + i);
      Client.equal(List.of("m2", "m3"), Client.nextTexts(consumer, 2));
      Client.nothing(consumer);
    });

    suite.check("[3.8.1] a selector that is not valid is refused, and the connection goes on", client -> {
      JMSContext context = client.context();
      Queue queue = context.createQueue(Client.name());
      for (String selector : List.of("weight >", "color = 'blue", "5", "color LIKE 5"))
        Client.fails(InvalidSelectorRuntimeException.class, () -> context.createConsumer(queue, selector));
      context.createProducer().send(queue, "on");
      Client.equal("on", Client.nextText(context.createConsumer(queue, "")));
    });
  }

  private static void hold(Client client, List<String> selectors) {
    JMSContext context = client.context();
    for (String selector : selectors) {
      Queue queue = context.createQueue(Client.name());
      sample(context).send(queue, "sample");
      try (JMSConsumer consumer = context.createConsumer(queue, selector)) {
        Client.holds("sample".equals(consumer.receiveBody(String.class, 5000)), selector + " should hold");
      }
    }
  }

  private static JMSProducer sample(JMSContext context) {
    return context.createProducer()
        .setProperty("color", "blue").setProperty("quoted", "it's").setProperty("percent", "10%")
        .setProperty("weight", 5).setProperty("small", (short) -3).setProperty("tiny", (byte) 7)
        .setProperty("big", 9007199254740993L).setProperty("ratio", 0.5).setProperty("urgent", true).setProperty("cold", false)
        .setProperty("JMSXGroupID", "g").setProperty("JMSXGroupSeq", 3)
        .setPriority(7).setDeliveryMode(DeliveryMode.NON_PERSISTENT).setJMSType("order").setJMSCorrelationID("c-1");
  }
}
